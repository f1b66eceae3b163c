import { defineConfig } from "vitest/config";

/** One ES module whose `render` TensorBoard calls; its CSS travels inside it (`?inline`). */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../tb_plugin_neural/static",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    rolldownOptions: {
      input: "src/index.tsx",
      preserveEntrySignatures: "strict",
      output: { format: "es", entryFileNames: "index.js", codeSplitting: false },
    },
  },
  /** Tests read the golden files that they share with the Python tests. */
  server: { fs: { allow: [".", "../tests/golden", "../docs"] } },
  assetsInclude: ["**/*.safetensors"],
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["test/setup.ts"],
  },
});
