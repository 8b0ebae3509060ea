import { Fragment, type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import { classes } from "./classes";
import { isolate } from "./isolate";
import { Loading, ProblemNote } from "./notes";
import styles from "./ui.module.css";

interface PageProps {
  title: string;
  /** What leads here, as [name, path]. */
  crumbs?: [string, string][];
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page with its title, which the browser's tab gets, too. */
export function Page({ title, crumbs = [], about, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${isolate(title)} · Promptwire`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.pageHead}>
        <div className={styles.pageTitle}>
          {crumbs.length > 0 && (
            <nav aria-label="Breadcrumb" className={styles.crumbs}>
              {crumbs.map(([name, path], index) => (
                <Fragment key={path}>
                  {index > 0 && <span aria-hidden="true">/</span>}
                  <Link to={path}>{name}</Link>
                </Fragment>
              ))}
            </nav>
          )}
          <h1>{title}</h1>
          {about && <div className={styles.soft}>{about}</div>}
        </div>
        {actions && <div className={styles.row}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  title?: ReactNode;
  actions?: ReactNode;
  /** Whether the content reaches the edges, as a table does. */
  flush?: boolean;
  label?: string;
  children: ReactNode;
}

export function Card({ title, actions, flush, label, children }: CardProps) {
  return (
    <section className={styles.card} aria-label={label ?? (typeof title === "string" ? title : undefined)}>
      {(title || actions) && (
        <div className={styles.cardHead}>
          {typeof title === "string" ? <h2>{title}</h2> : title}
          {actions && <div className={styles.row}>{actions}</div>}
        </div>
      )}
      <div className={flush ? styles.scroll : styles.cardBody}>{children}</div>
    </section>
  );
}

interface AsyncProps<T> {
  query: { data?: T; error: Error | null; isPending: boolean; refetch: () => unknown };
  what?: string;
  children: (data: T) => ReactNode;
}

/** What a query gives, or that it is under way, or why it failed. */
export function Async<T>({ query, what, children }: AsyncProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ProblemNote error={query.error} onRetry={() => query.refetch()} />;
  return <Loading what={what} />;
}

/** Names and values beside each other; those without a value are left out. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className={styles.facts}>
      {of
        .filter(([, value]) => value !== undefined && value !== null && value !== "")
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}

export function Row({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={classes(styles.row, className)}>{children}</div>;
}
