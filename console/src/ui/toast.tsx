import { X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import styles from "./ui.module.css";

const SHOWN_MS = 6000;

const Context = createContext<(text: string) => void>(() => {});

/** Give what shows a passing remark. */
export function useToast(): (text: string) => void {
  return useContext(Context);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string }[]>([]);
  const drop = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), []);
  const tell = useCallback(
    (text: string) => {
      const id = performance.now();
      setToasts((shown) => [...shown.slice(-3), { id, text }]);
      setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  return (
    <Context value={tell}>
      {children}
      <div className={styles.toasts} role="status">
        {toasts.map((toast) => (
          <div key={toast.id} className={styles.toast}>
            <span>{toast.text}</span>
            <button type="button" aria-label="Dismiss" onClick={() => drop(toast.id)}>
              <X size={14} />
            </button>
          </div>
        ))}
      </div>
    </Context>
  );
}
