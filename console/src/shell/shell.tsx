import {
  BarChart3,
  BookOpen,
  FileText,
  FlaskConical,
  KeyRound,
  ListTree,
  LogOut,
  Menu,
  Webhook,
  Workflow,
  X,
} from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { NavLink, useLocation } from "react-router";
import { BASE } from "../api/client";
import { useCaller } from "../caller/caller";
import icon from "../icon.svg";
import { IconButton } from "../ui/button";
import { classes } from "../ui/classes";
import { ProjectForm } from "./project-form";
import styles from "./shell.module.css";
import { ThemeButton } from "./theme";

const PAGES = [
  ["/prompts", "Prompts", FileText],
  ["/flows", "Flows", Workflow],
  ["/playground", "Playground", FlaskConical],
  ["/runs", "Runs", ListTree],
  ["/usage", "Usage", BarChart3],
  ["/webhooks", "Webhooks", Webhook],
  ["/keys", "Keys", KeyRound],
] as const;

/** What is around every page: the way to the others, and whose key it is. */
export function Shell({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  const [isOpen, setOpen] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the menu
  useEffect(() => {
    setOpen(false);
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className={styles.shell}>
      {/* No link: the address's hash is the page's route. */}
      <button type="button" className={styles.skip} onClick={() => document.getElementById("main")?.focus()}>
        Skip to the content
      </button>
      <header className={styles.top}>
        <NavLink to="/prompts" className={styles.brand}>
          <img src={icon} alt="" width="24" height="24" />
          Promptwire
        </NavLink>
        <IconButton
          label={isOpen ? "Close the menu" : "Open the menu"}
          className={styles.menu}
          kind="quiet"
          aria-expanded={isOpen}
          aria-controls="pages"
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? <X size={18} /> : <Menu size={18} />}
        </IconButton>
      </header>
      <div className={classes(styles.side, isOpen && styles.open)} id="pages">
        <nav aria-label="Pages">
          {PAGES.map(([path, name, Icon]) => (
            <NavLink key={path} to={path} className={({ isActive }) => classes(styles.link, isActive && styles.active)}>
              <Icon size={16} aria-hidden="true" />
              {name}
            </NavLink>
          ))}
          <a className={styles.link} href={`${BASE}/docs`}>
            <BookOpen size={16} aria-hidden="true" />
            API docs
          </a>
        </nav>
        <Who />
      </div>
      <main id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}

function Who() {
  const { caller, signOut } = useCaller();
  const key = caller?.key;
  const scopes = key?.scopes ?? [];
  return (
    <section className={styles.who} aria-label="Your key">
      <div className={styles.caller}>
        <strong>{key?.displayName || key?.id}</strong>
        <span>
          Project <b>{caller?.project}</b>
        </span>
        {scopes.includes("operator") && <ProjectForm />}
        <details>
          <summary>May use {scopes.length === 1 ? "1 scope" : `${scopes.length} scopes`}</summary>
          <ul>
            {scopes.map((scope) => (
              <li key={scope}>
                <code>{scope}</code>
              </li>
            ))}
          </ul>
        </details>
      </div>
      <div className={styles.tools}>
        <ThemeButton />
        <IconButton label="Sign out" kind="quiet" onClick={signOut}>
          <LogOut size={16} />
        </IconButton>
      </div>
    </section>
  );
}
