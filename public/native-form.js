// A button with data-native has its form sent by the browser itself, also on a page whose own code sends forms: the answer is
// another page, perhaps another place's. Without this file such a page sends it the same way, because then its code is not there.
addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button[data-native]");
    if (!button?.form?.getAttribute("action")?.startsWith("/api/")) return;
    event.preventDefault();
    event.stopPropagation();
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", button.name, button.value];
    button.form.append(field);
    HTMLFormElement.prototype.submit.call(button.form);
    // What was sent was read by now. It must not be sent again with the next click.
    field.remove();
  },
  true,
);
