"""What a request may still do once an attempt to take over the model was seen in it. Pure.

The strictest action among those of the sources that attempt something holds for the whole request:
a model that reads a hostile document has one mind, not one for each part.
"""

from __future__ import annotations

from msgspec.structs import replace

from gilmok.core.injection import Action, Injection, InjectionPolicy, stricter, tightened
from gilmok.core.inspection import Clearance, Inspection
from gilmok.core.request import Request


def restrained(
    request: Request, inspection: Inspection, policy: InjectionPolicy, floor: Action | None
) -> tuple[Request, Inspection]:
    """Both as everything that follows shall see them: without tools and kept from the cloud where
    that is the action. `floor`: the least that the caller's plan asks for."""
    action = decided(inspection.injection, tightened(policy, floor))
    if action == "strip":
        request = without_tools(request)
        inspection = replace(inspection, clearance=Clearance.LOCAL_ONLY)
    return request, replace(inspection, injection_action=action)


def decided(found: tuple[Injection, ...], policy: InjectionPolicy) -> Action:
    action: Action = "off"
    for one in found:
        action = stricter(action, policy.on(one.source))
    return action


def without_tools(request: Request) -> Request:
    """No tool is offered, so none is called; what tools answered before stays in the conversation."""
    if not request.tools and request.sampling.tool_choice is None:
        return request
    sampling = replace(request.sampling, tool_choice=None, parallel_tool_calls=None)
    return replace(request, tools=(), sampling=sampling)
