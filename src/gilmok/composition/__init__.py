"""What `gilmok.build` composes a gateway from: policies, endpoints that are found, the world outside."""
