/** What the browser shows at the end. Nothing of what the authority sent gets into it. */
function page(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>pim: ${title}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}</style>
</head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`
}

export const signedInPage = page(
  'Signed in',
  'You can close this page and go back to the terminal.',
)

export const notSignedInPage = page(
  'Not signed in',
  'The sign-in did not come about. The terminal says why.',
)
