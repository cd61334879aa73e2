// The light or dark theme, and opened details while printing.

const root = document.documentElement;
const darkScreen = matchMedia('(prefers-color-scheme: dark)');

const isDark = () => (root.dataset.theme ?? (darkScreen.matches ? 'dark' : 'light')) === 'dark';

export function startTheme() {
  const button = document.querySelector('button[data-theme]');
  const update = () => {
    button.dataset.theme = isDark() ? 'dark' : 'light';
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', isDark() ? 'Light colours' : 'Dark colours');
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    update();
  });
  darkScreen.addEventListener('change', update);
  update();
}

export function startPrint() {
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details:not([open])')];
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
