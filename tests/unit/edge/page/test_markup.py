"""What is text is escaped, wherever it stands."""

from edge.page.markup import document, element

HOSTILE = "<script>alert('1')</script>\"&"


def test_text_is_escaped_and_elements_are_not() -> None:
    assert element("p", HOSTILE, element("b", "x")) == (
        "<p>&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;&quot;&amp;<b>x</b></p>"
    )


def test_an_attribute_cannot_be_left() -> None:
    assert element("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'


def test_attributes_are_named_as_in_html_and_may_stand_alone_or_not_at_all() -> None:
    made = element("input", class_="a", http_equiv="b", required=True, disabled=False, name=None)
    assert made == '<input class="a" http-equiv="b" required>'


def test_what_is_none_is_left_out_and_a_page_has_its_type_and_language() -> None:
    assert document(None, element("body")) == '<!doctype html><html lang="en"><body></body></html>'
