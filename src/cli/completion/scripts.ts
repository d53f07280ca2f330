/** The shells that gitfed knows how to complete in. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/*
 * Each script asks `gitfed __complete WORD...` and hands on the answer. No shell evaluates a part of it: names of
 * branches may hold `$(…)`. Where the answer says so, the shell completes files or folders by itself.
 */

/** Runs in bash 3.2 too, which macOS has; there `compopt` is missing, and files are offered wherever nothing else is. */
const BASH = `# Completion of gitfed in bash. Load it in ~/.bashrc: source <(gitfed completion bash)
# What the shell makes of a word, and the quote that is still open at its end.
_gitfed_unquote() {
  local rest=$1 char
  unquoted='' quote=''
  while [[ -n $rest ]]; do
    char=\${rest:0:1}
    rest=\${rest:1}
    case $quote$char in
      "''" | '""') quote='' ;;
      "'" | '"') quote=$char ;;
      '\\' | '"\\')
        # Between double quotes it stands for itself before most characters.
        case $quote\${rest:0:1} in
          '"$' | '"\`' | '""' | '"\\' | [!\\"]*)
            char=\${rest:0:1}
            rest=\${rest:1}
            ;;
        esac
        unquoted+=$char
        ;;
      *) unquoted+=$char ;;
    esac
  done
}
_gitfed() {
  local rest=\${COMP_LINE:0:COMP_POINT} trimmed piece='' index answer value quoted unquoted quote
  local -a words=() plain=()
  # Bash takes --cluster=eu-1 for three words: what no space stands between is joined.
  for ((index = 0; index <= COMP_CWORD; index++)); do
    trimmed=\${rest#"\${rest%%[![:space:]]*}"}
    piece=\${COMP_WORDS[index]}
    if ((index == COMP_CWORD)); then piece=$trimmed; fi
    if ((index == 0)) || [[ $trimmed != "$rest" ]]; then
      words+=("$piece")
    else
      words[\${#words[@]}-1]+=$piece
    fi
    rest=\${trimmed#"$piece"}
  done
  local current=\${words[\${#words[@]}-1]}
  case $piece in = | :) piece='' ;; esac
  _gitfed_unquote "\${current%"$piece"}"
  local prefix=$unquoted
  for value in "\${words[@]:1}"; do
    _gitfed_unquote "$value"
    plain+=("$unquoted")
  done
  local apostrophe="'\\\\''"
  COMPREPLY=()
  answer=$(gitfed __complete "\${plain[@]}" 2>/dev/null) || return
  case \${answer##*:} in
    0) compopt -o default 2>/dev/null ;;
    16) compopt -o dirnames 2>/dev/null ;;
  esac
  while IFS= read -r value; do
    value=\${value%%$'\\t'*}
    value=\${value#"$prefix"}
    if [[ -n $value ]]; then
      case $quote in
        "'") quoted=\${value//\\'/$apostrophe} ;;
        '"')
          quoted=\${value//\\\\/\\\\\\\\}
          quoted=\${quoted//\\"/\\\\\\"}
          quoted=\${quoted//\\$/\\\\\\$}
          quoted=\${quoted//\\\`/\\\\\\\`}
          ;;
        *) printf -v quoted %q "$value" ;;
      esac
      COMPREPLY+=("$quoted")
    fi
  done <<<"\${answer%:*}"
}
if type compopt >/dev/null 2>&1; then
  complete -F _gitfed gitfed
else
  complete -o default -F _gitfed gitfed
fi
`;

const ZSH = `#compdef gitfed
# Completion of gitfed in zsh. Load it in ~/.zshrc, after compinit: source <(gitfed completion zsh)
_gitfed() {
  local answer line value description
  local -a before values
  before=("\${(@Q)words[2,CURRENT-1]}")
  if ((CURRENT == 2)); then before=(); fi
  answer=$(gitfed __complete "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null) || return 1
  case \${answer##*:} in
    0)
      compset -P '-*='
      _files
      return
      ;;
    16)
      compset -P '-*='
      _files -/
      return
      ;;
  esac
  for line in "\${(@f)\${answer%:*}}"; do
    if [[ -z $line ]]; then continue; fi
    value=\${line%%$'\\t'*}
    description=\${line#"$value"}
    value=\${value//\\\\/\\\\\\\\}
    values+=("\${value//:/\\\\:}\${description/$'\\t'/:}")
  done
  _describe gitfed values
}
if [[ $funcstack[1] == _gitfed ]]; then
  _gitfed "$@"
else
  compdef _gitfed gitfed
fi
`;

const FISH = `# Completion of gitfed in fish. Keep it: gitfed completion fish >~/.config/fish/completions/gitfed.fish
function __gitfed_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l answer (gitfed __complete $words "$current" 2>/dev/null)
    or return
    # What stands before the path in --kubeconfig=PATH.
    set -l flag (string match -r '^-[^=]*=' -- "$current")
    set -l value (string replace -r '^-[^=]*=' '' -- "$current")
    # A command that is none has files for arguments.
    set -l paths
    switch $answer[-1]
        case :0
            set paths (complete -C "'' $value")
        case :16
            set paths (complete -C "'' $value" | string match '*/')
    end
    for path in $paths
        printf '%s\\n' "$flag$path"
    end
    for candidate in $answer[1..-2]
        printf '%s\\n' "$candidate"
    end
end
complete -c gitfed -f -a '(__gitfed_complete)'
`;

/** The script that makes a shell complete gitfed. */
export function completionScript(shell: Shell): string {
  return { bash: BASH, zsh: ZSH, fish: FISH }[shell];
}
