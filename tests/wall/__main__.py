"""`python -m tests.wall`: the wall as a process of its own, until SIGTERM or SIGINT."""

import argparse
import asyncio
import signal

from tests.wall.server import Wall


async def main() -> None:
    """Print the port on the first line of standard output, then serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.wall", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", metavar="FILE.jsonl", help="one line per ended exchange")
    parser.add_argument("--certfile")
    parser.add_argument("--keyfile")
    options = parser.parse_args()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Wall(
        options.host,
        options.port,
        certfile=options.certfile,
        keyfile=options.keyfile,
        log_file=options.log,
    ) as wall:
        print(wall.port, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
