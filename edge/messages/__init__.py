"""The wire contract: versioned schemas and topics, described in asyncapi.yaml."""
