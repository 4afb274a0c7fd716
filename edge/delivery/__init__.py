"""Outbox to MQTT: sender, receipts, status."""
