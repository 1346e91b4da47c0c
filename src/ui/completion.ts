export type CompletionShell = 'bash' | 'zsh' | 'fish' | 'powershell'

/**
 * A script for a shell to load. At each Tab it asks `pim complete -- words…`, which prints one
 * suggestion a line, with a description behind a tab. Targets hold a colon, which bash and zsh
 * take for a separator each in their own way.
 */
export function completionScript(shell: CompletionShell): string {
  return scripts[shell]
}

const bash = String.raw`# pim completion for bash: source <(pim completion bash)
_pim() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} word= suggestion
  local -a words
  # A blank that is escaped belongs to its word.
  line=${'$'}{line//\\ /$'\x01'}
  read -ra words <<<"$line"
  words=("${'$'}{words[@]//$'\x01'/ }")
  [[ $line == *[[:space:]] ]] && words+=('')
  word=${'$'}{words[${'$'}{#words[@]} - 1]}
  COMPREPLY=()
  while IFS=$'\t' read -r suggestion _; do
    # Readline replaces only what follows the last colon.
    [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && suggestion=${'$'}{suggestion#"${'$'}{word%"${'$'}{word##*:}"}"}
    # A name is a stranger's: nothing in it may be run.
    printf -v suggestion %q "$suggestion"
    COMPREPLY+=("$suggestion")
  done < <(pim complete -- "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -o bashdefault -o default -F _pim pim`

const zsh = String.raw`#compdef pim
# pim completion for zsh: source <(pim completion zsh), or a file _pim on fpath
_pim() {
  local line
  local -a suggestions
  for line in "${'$'}{(@f)$(pim complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    suggestions+=("${'$'}{${'$'}{line%%${'$'}'\t'*}//:/\\:}:${'$'}{line#*${'$'}'\t'}")
  done
  (( ${'$'}#suggestions )) && _describe pim suggestions || _files
}
if [ "$funcstack[1]" = _pim ]; then _pim "$@"; else compdef _pim pim; fi`

const fish = String.raw`# pim completion for fish: pim completion fish | source
function __pim_complete
  set -l words (commandline -opc) (commandline -ct)
  pim complete -- $words[2..] 2>/dev/null
end
complete -c pim -f -a '(__pim_complete)'`

const powershell = String.raw`# pim completion for PowerShell: pim completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName pim -ScriptBlock {
  param($word, $tree, $position)
  $words = @($tree.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  pim complete '--' @words 2>$null | ForEach-Object {
    $value, $description = $_ -split "${'`'}t", 2
    if (-not $description) { $description = $value }
    $typed = if ($value -match '^[\w@%+=:,./-]+$') { $value } else { "'" + $value.Replace("'", "''") + "'" }
    [System.Management.Automation.CompletionResult]::new($typed, $value, 'ParameterValue', $description)
  }
}`

const scripts: Readonly<Record<CompletionShell, string>> = { bash, zsh, fish, powershell }
