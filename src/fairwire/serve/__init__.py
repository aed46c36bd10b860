"""The HTTP API: decisions, events, findings, orders, health and metrics. `app.build_app` puts it together."""
