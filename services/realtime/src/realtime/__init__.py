"""Socket.IO for everything that happens: it hears NATS, and tells browsers."""
