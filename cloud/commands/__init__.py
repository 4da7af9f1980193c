"""What the service asks of gateways: issued by a person or a service, sent until answered or expired."""
