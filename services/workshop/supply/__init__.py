"""What this project is made of: every locked part with its licence, as a list and as a bill of materials, and
its known holes.
"""
