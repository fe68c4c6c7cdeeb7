"""Drawings as numbers: where each dot lies.

The templates make SVG of them, sized in percent, so that no window is too narrow.
"""
