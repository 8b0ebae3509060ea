import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Paths are relative, so that the console works below any path that a proxy serves it at.
export default defineConfig({
  base: "./",
  plugins: [react()],
  // `npm run dev` takes the API from a running server.
  server: { proxy: { "^/(api|v1|images|docs|version)": process.env.PROMPTWIRE_URL ?? "http://127.0.0.1:8080" } },
  build: {
    outDir: "../facade/static/console",
    emptyOutDir: true,
    // Small pictures as files, too: nothing is inline.
    assetsInlineLimit: 0,
    target: "es2023",
  },
});
