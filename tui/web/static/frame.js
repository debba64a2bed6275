// textual.js starts the terminal when the page has loaded: before that it is told where the app is, and waits for
// the letters, whose width it measures once.
const start = window.onload;

window.onload = async (event) => {
  const terminal = document.getElementById("terminal");
  const size = Number(new URLSearchParams(location.search).get("fontsize"));
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  terminal.dataset.sessionWebsocketUrl = `${scheme}://${location.host}/ws`;
  terminal.dataset.fontSize = size >= 6 && size <= 60 ? size : 16;
  const again = document.getElementById("again");
  again.onclick = () => location.reload();
  // Keys are for the app while it runs, and then for the button, without a click first.
  new MutationObserver(() => {
    const ended = document.body.classList.contains("-closed");
    (ended ? again : terminal.querySelector("textarea")).focus();
  }).observe(document.body, { attributeFilter: ["class"] });
  const styles = ["", "bold ", "italic ", "italic bold "];
  await Promise.allSettled(styles.map((style) => document.fonts.load(`${style}16px "Roboto Mono"`)));
  start(event);
};
