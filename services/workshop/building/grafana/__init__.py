"""The page for Grafana: what it shows, and how that is written down for Grafana."""
