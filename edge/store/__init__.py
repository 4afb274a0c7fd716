"""What survives a power cut: alerts, outbox, audit chain."""
