// textual.js starts the terminal on load. It needs the app's URL before that, and the fonts, because it measures the
// width of a character only once.
const startTerminal = window.onload;

window.onload = async (event) => {
  const terminal = document.getElementById("terminal");
  const size = Number(new URLSearchParams(location.search).get("fontsize"));
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  terminal.dataset.sessionWebsocketUrl = `${scheme}://${location.host}/ws`;
  terminal.dataset.fontSize = size >= 6 && size <= 60 ? size : 16;
  const restart = document.getElementById("restart");
  restart.onclick = () => location.reload();
  // Focus the terminal while the app runs, then the button, so that keys work without a click.
  new MutationObserver(() => {
    const ended = document.body.classList.contains("-closed");
    (ended ? restart : terminal.querySelector("textarea")).focus();
  }).observe(document.body, { attributeFilter: ["class"] });
  const styles = ["", "bold ", "italic ", "italic bold "];
  await Promise.allSettled(styles.map((style) => document.fonts.load(`${style}16px "Roboto Mono"`)));
  startTerminal(event);
};
