// A button with data-native has its form sent by the browser itself, also on a page whose own code sends forms: the answer is
// another page, perhaps another place's. Without this file such a page sends it the same way, because then its code is not there.
addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button[data-native]");
    const form = button?.form;
    const before = form?.getAttribute("action");
    if (!before?.startsWith("/api/")) return;
    event.preventDefault();
    event.stopPropagation();
    const field = document.createElement("input");
    [field.type, field.name, field.value] = ["hidden", button.name, button.value];
    form.append(field);
    // The page's own address with the function's name, so that what is answered stands there.
    const query = location.search.slice(1);
    form.setAttribute("action", `?post=${before.split("/").pop()}${query && `&${query}`}`);
    HTMLFormElement.prototype.submit.call(form);
    field.remove();
    form.setAttribute("action", before);
  },
  true,
);
