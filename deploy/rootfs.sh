#!/bin/sh
# Assembles the root of gitfed's container image in a folder that does not exist yet or is empty:
#
#     deploy/rootfs.sh DIR
#
# What goes in is this machine's: a Debian with node, git, ssh, gpg, ca-certificates, and the packages of `npm ci`.
# Run as root, it gives the folders that gitfed writes to their owner; as somebody else, whoever packs it has to.
set -eu

root=${1:?the folder to make, for example: deploy/rootfs.sh /rootfs}
source=$(cd "$(dirname "$0")/.." && pwd)
# The user of the image; deploy/Dockerfile and deploy/chart name the same number.
uid=65532

if [ -d "$root" ] && [ -n "$(ls -A "$root")" ]; then
  echo "rootfs.sh: $root is not empty; name another folder, or empty it" >&2
  exit 2
fi
for program in git ssh ssh-keygen gpg ldd npm; do
  if ! command -v "$program" > /dev/null; then
    echo "rootfs.sh: $program is not installed; see deploy/Dockerfile for the packages" >&2
    exit 2
  fi
done
umask 022
mkdir -p "$root"
root=$(cd "$root" && pwd)

# The folders, as every Debian has them since /usr took in the rest.
for folder in usr/bin usr/lib usr/lib64 usr/local/bin etc/ssl/certs opt/gitfed proc dev sys run; do
  mkdir -p "$root/$folder"
done
for folder in bin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
ln -s bin "$root/usr/sbin"
mkdir -m 1777 "$root/tmp"
mkdir -p -m 0755 "$root/var/lib"
mkdir -m 0700 "$root/var/lib/gitfed"

# copy_libraries PROGRAM: every library it loads, at the place where the loader looks for it.
copy_libraries() {
  ldd "$1" | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
    target=$root/usr/${library#/}
    case $library in /usr/*) target=$root$library ;; esac
    [ -e "$target" ] && continue
    mkdir -p "$(dirname "$target")"
    cp -L "$library" "$target"
  done
}

# copy_program FILE PATH: a program with its libraries.
copy_program() {
  mkdir -p "$(dirname "$root/$2")"
  cp -L "$1" "$root/$2"
  chmod 0755 "$root/$2"
  copy_libraries "$1"
}

# Node: that of the development dependencies where its binary was fetched, else the one that runs here.
node=$source/node_modules/node/bin/node
[ -x "$node" ] || node=$(node -p process.execPath)
copy_program "$node" usr/local/bin/node

# git is one program; what it starts by another name is a link to it. Of the rest only what speaks https is needed.
helpers=$(git --exec-path)
copy_program "$(command -v git)" usr/bin/git
for name in git-upload-pack git-receive-pack; do ln -s git "$root/usr/bin/$name"; done
copy_program "$helpers/git-remote-https" "${helpers#/}/git-remote-https"
ln -s git-remote-https "$root$helpers/git-remote-http"
# With the templates of hooks a new clone would be larger; without the folder git warns.
mkdir -p "$root/usr/share/git-core/templates"

# ssh for git, ssh-keygen and gpg for signed commits, and a shell, without which git starts none of them.
for program in ssh ssh-keygen gpg; do copy_program "$(command -v "$program")" "usr/bin/$program"; done
copy_program "$(command -v dash)" usr/bin/sh

# Whom git trusts over https.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

# ssh asks who it runs as.
printf 'root:x:0:0:root:/:/sbin/nologin\ngitfed:x:%s:%s:gitfed:/var/lib/gitfed:/sbin/nologin\n' "$uid" "$uid" > "$root/etc/passwd"
printf 'root:x:0:\ngitfed:x:%s:\n' "$uid" > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"

# gitfed as npm gets it, without the library: the command line is one bundle that needs no other package.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
  cd "$source"
  PATH=$(dirname "$node"):$PATH
  node scripts/build.ts
  npm pack --silent --ignore-scripts --pack-destination "$work" > /dev/null
)
tar -xzf "$work"/gitfed-*.tgz -C "$work"
rm -rf "$work/package/dist/lib"
cp -R "$work/package/." "$root/opt/gitfed/"
printf '#!/bin/sh\nexec /usr/local/bin/node /opt/gitfed/bin/gitfed.js "$@"\n' > "$root/usr/local/bin/gitfed"
chmod 0755 "$root/usr/local/bin/gitfed"

# The same inputs give the same image: no file has the time of this run.
find "$root" -exec touch --no-dereference --date=@0 {} +
if [ "$(id -u)" = 0 ]; then
  chown -R 0:0 "$root"
  chown "$uid:$uid" "$root/var/lib/gitfed"
fi
