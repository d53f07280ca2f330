#!/bin/sh
# Makes encrypted/ from plain/ with sops, and decrypted/ from that. See README.md.
set -eu
cd "$(dirname "$0")"
rm -rf encrypted decrypted
mkdir encrypted decrypted
export SOPS_DISABLE_VERSION_CHECK=true
keys=$(mktemp)
trap 'rm -f "$keys" rules.yaml' EXIT
cat key.txt other-key.txt post-quantum-key.txt > "$keys"
export SOPS_AGE_KEY_FILE="$keys"
recipient() { sed -n 's/^# public key: //p' "$1"; }
export SOPS_AGE_RECIPIENTS="$(recipient key.txt)"
encrypt() {
  from=$1 to=$2
  shift 2
  sops encrypt "$@" "plain/$from" > "encrypted/$to"
  sops decrypt "encrypted/$to" > "decrypted/$to"
}
encrypt secret.yaml secret-values.yaml --encrypted-regex '^(data|stringData)$'
encrypt secret.yaml secret-whole.yaml
encrypt secret.yaml secret.json --output-type json
encrypt federated-secret.yaml federated-secret.yaml
encrypt federated-secret.yaml federated-secret-values.yaml --encrypted-regex '^(data|stringData|overrides)$'
encrypt several.yaml several.yaml
encrypt several.yaml several-values.yaml --encrypted-regex '^(data|stringData)$'
encrypt values.yaml values.yaml
encrypt order.yaml order.yaml
encrypt order.yaml order.json --output-type json
encrypt mixed.yaml encrypted-regex.yaml --encrypted-regex '^(?i:STRINGDATA)$'
encrypt mixed.yaml unencrypted-regex.yaml --unencrypted-regex '^(apiVersion|kind|metadata)$'
encrypt mixed.yaml encrypted-suffix.yaml --encrypted-suffix _secret
encrypt mixed.yaml unencrypted-suffix.yaml --unencrypted-suffix _unencrypted
encrypt list.yaml list.yaml
encrypt list-with-others.yaml list-with-others.yaml --encrypted-regex '^(data|stringData)$'
encrypt secret.yaml two-recipients.yaml --age "$(recipient other-key.txt),$(recipient key.txt)"
encrypt secret.yaml other-recipient.yaml --age "$(recipient other-key.txt)"
encrypt secret.yaml post-quantum.yaml --age "$(recipient post-quantum-key.txt)"

# What only a file of rules can ask for.
ours="$SOPS_AGE_RECIPIENTS"
unset SOPS_AGE_RECIPIENTS
export SOPS_CONFIG=rules.yaml
cat > rules.yaml <<EOF
creation_rules:
  - age: $ours
    encrypted_regex: ^stringData$
    mac_only_encrypted: true
EOF
encrypt mixed.yaml mac-only-encrypted.yaml
cat > rules.yaml <<EOF
creation_rules:
  - shamir_threshold: 2
    key_groups:
      - age: [$ours]
      - age: [$(recipient other-key.txt)]
EOF
encrypt secret.yaml key-groups.yaml
cat > rules.yaml <<EOF
creation_rules:
  - age: $ours
    encrypted_comment_regex: every year
EOF
encrypt federated-secret.yaml comment-regex.yaml
