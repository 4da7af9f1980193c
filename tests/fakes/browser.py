"""What posts forms as a browser does that was shown the page: with the token the page's form carries."""

from collections.abc import Mapping
from typing import Any

import httpx

from cloud.access.forms import FORM_FIELD, form_token
from cloud.access.site import site

_FORMS_OF = "this-browser"


def filled_in(client: httpx.AsyncClient | httpx.Client, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's fields with the token a page would have given; a new client gets its cookie, too."""
    place = site(str(client.base_url))
    if place.cookie_name not in client.cookies and place.form_cookie_name not in client.cookies:
        client.cookies.set(place.form_cookie_name, _FORMS_OF)
    secret = client.cookies.get(place.cookie_name) or client.cookies[place.form_cookie_name]
    return {**fields, FORM_FIELD: form_token(secret)}


class Browser(httpx.AsyncClient):
    """A client whose forms are filled in; one with a bearer token is a program, and sees no page."""

    async def post(self, url: httpx.URL | str, **given: Any) -> httpx.Response:  # type: ignore[override]
        data = given.get("data", None if given.keys() & {"json", "content"} else {})
        is_program = "authorization" in self.headers or "authorization" in (given.get("headers") or {})
        is_form = isinstance(data, dict) and not str(url).startswith("/api/")
        if is_form and not is_program and FORM_FIELD not in data:
            given["data"] = filled_in(self, data)
        return await super().post(url, **given)
