import { defineConfig } from "vitest/config";

/**
 * An ES module whose `render` TensorBoard calls, with the page's CSS inside (`?inline`), and one for each view, loaded
 * when it is first shown. Names carry a hash: a page that stayed open over an upgrade never mixes two versions.
 */
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
      output: {
        format: "es",
        entryFileNames: "index.js",
        chunkFileNames: "[name]-[hash].js",
        codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] },
      },
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
