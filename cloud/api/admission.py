"""What must be so of every request before its route looks at it, whoever asks."""

from typing import Final
from urllib.parse import unquote_plus

from starlette.requests import Request

from cloud.access.credentials import bearer_token
from cloud.access.forms import Forms
from cloud.access.policies import Policy
from cloud.access.shield import SAFE_METHODS
from cloud.api.posted import form_fields, is_json, refuse_unless_json
from cloud.api.strict_json import check_json, check_text

__all__ = ["check_posted"]

_API: Final = "/api/"


async def check_posted(request: Request, policy: Policy, forms: Forms) -> None:
    """Refuse text and JSON that nothing here can keep, and a change that a browser was tricked into.

    A page's form carries its token. The API takes JSON alone from whoever has no token of their own: no
    browser sends that for another site's page without asking first. Gateways have checks of their own.

    Raises
    ------
    ProblemError
        If it cannot be taken, or is of the wrong type.
    UnknownFormError
        If no page of ours wrote the form for this browser.
    """
    check_text(request.url.path, unquote_plus(request.url.query))
    if request.method in SAFE_METHODS or policy is Policy.GATEWAY:
        return
    is_program = bearer_token(request) is not None
    if request.url.path.startswith(_API):
        if not is_program:
            refuse_unless_json(request)
    elif not is_program:
        forms.check(await form_fields(request))
    if is_json(request):
        check_json(await request.body())
