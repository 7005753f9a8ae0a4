"""Stand-ins for services that load models for the gateway, on real sockets: Ollama, pods by the hour.

They behave as the services' documentation says; neither can be installed from a package registry.
"""
