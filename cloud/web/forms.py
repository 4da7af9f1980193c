"""Small forms as browsers post them: before a route reads one, it is known that a page of ours wrote it."""

from typing import Annotated

from fastapi import Depends

from cloud.api.posted import form_fields

Form = Annotated[dict[str, str], Depends(form_fields)]
"""The first value of each field of a posted form."""
