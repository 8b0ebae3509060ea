import { Monitor, Moon, Sun } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "../ui/button";

const STORED = "promptwire.theme";
const THEMES = { system: Monitor, light: Sun, dark: Moon };
type Theme = keyof typeof THEMES;

/** Goes from the system's colours to light ones, dark ones, and around. */
export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(stored);
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    localStorage.setItem(STORED, theme);
  }, [theme]);
  const names = Object.keys(THEMES) as Theme[];
  const next = names[(names.indexOf(theme) + 1) % names.length] ?? "system";
  const Icon = THEMES[theme];
  return (
    <IconButton label={`Colours: ${theme}. Change to ${next}`} kind="quiet" onClick={() => setTheme(next)}>
      <Icon size={16} />
    </IconButton>
  );
}

function stored(): Theme {
  const name = localStorage.getItem(STORED) ?? "";
  return name in THEMES ? (name as Theme) : "system";
}
