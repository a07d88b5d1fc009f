use leptos::prelude::*;

use super::field::FieldWiring;

/// Several lines of text, with a counter where the length is limited.
#[component]
pub fn TextArea(
    /// Its id, that of the field's `for_id`.
    #[prop(into)]
    id: String,
    /// Field name in the form.
    #[prop(into)]
    name: String,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: String,
    /// Something must be entered.
    #[prop(optional)]
    required: bool,
    /// Longest text in UTF-16 units.
    #[prop(optional)]
    maxlength: Option<u16>,
    /// Shows "12 / 500" below; needs `maxlength`.
    #[prop(optional)]
    counter: bool,
    /// Visible lines.
    #[prop(default = 3)]
    rows: u8,
    /// An example, never the only hint.
    #[prop(optional_no_strip, into)]
    placeholder: Option<String>,
    /// Ids of elements that explain it, where no field does.
    #[prop(optional_no_strip, into)]
    describedby: Option<String>,
    /// Name for assistive technology where no label is visible.
    #[prop(optional_no_strip, into)]
    aria_label: Option<String>,
    /// Called with the text at every change.
    #[prop(optional)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    let field = FieldWiring::of_context();
    let length = RwSignal::new(value.encode_utf16().count());
    let limit = maxlength.filter(|_| counter);
    let input = move |event| {
        let text = event_target_value(&event);
        length.set(text.encode_utf16().count());
        if let Some(on_input) = on_input {
            on_input.run(text);
        }
    };
    view! {
        <textarea
            class="input textarea"
            id=id
            name=name
            rows=rows
            placeholder=placeholder
            maxlength=maxlength
            required=required || field.required
            aria-label=aria_label
            aria-describedby=describedby.or_else(|| field.described_by.clone())
            aria-invalid=field.invalid()
            inner_html=escape(&value)
            on:input=input
        ></textarea>
        {limit.map(|limit| view! { <p class="field-counter">{length} " / " {limit}</p> })}
    }
    .into_any()
}

/// Text as it stands in HTML. SECURITY: Leptos 0.8 writes the children of a `<textarea>` as they are, so what people typed is escaped
/// here; so it is with the title of a page.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn html(value: &'static str) -> String {
        Owner::new().with(|| view! { <TextArea id="why" name="why" value=value /> }.to_html())
    }

    #[test]
    fn markup_in_the_text_stays_text() {
        let html = html("</textarea><script>alert(1)</script> & more");
        assert!(
            html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; more</textarea>"),
            "{html}"
        );
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn an_empty_text_is_empty() {
        assert!(html("").contains("></textarea>"), "{}", html(""));
    }
}
