import { defineConfig } from 'rolldown'

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  // Native modules stay where npm put them.
  external: ['@napi-rs/keyring', 'fs-native-extensions'],
  transform: { target: 'node22' },
  output: {
    dir: 'dist',
    format: 'esm',
    minify: false,
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
  },
})
