"""A development team of AutoGen agents whose models share one machine's memory through Gilmok.

An ordinary client of the gateway: AutoGen's own OpenAI client, one address, and nothing imported
from the gateway. What it shows of loads and queues is what the gateway says about itself.
"""
