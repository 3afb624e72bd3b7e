"""Reports: what a scan or a campaign shows to people."""
