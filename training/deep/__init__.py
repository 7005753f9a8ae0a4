"""Makes `src/gilmok/inspection/models/private.onnx`, which `gilmok.inspection.reader` runs."""
