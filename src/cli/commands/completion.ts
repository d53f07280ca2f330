import { GitfedError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { completionScript, SHELLS } from '../completion/scripts.ts';

export const completion = defineCommand({
  positional: { name: 'shell', description: 'The shell that the script is for.', choices: SHELLS },
  description:
    'Prints a script that makes a shell complete gitfed: commands, options, paths, and the names of clusters, objects, branches and tags of the repository here. No cluster and no other machine is asked.',
  options: {},
  examples: [
    ['source <(gitfed completion bash)', 'Completes in this bash, and in each one if it stands in ~/.bashrc.'],
    ['source <(gitfed completion zsh)', 'The same for zsh, in ~/.zshrc after compinit.'],
    ['gitfed completion fish > ~/.config/fish/completions/gitfed.fish', 'Completes in every fish.'],
  ],
  async run({ positional }, io) {
    const shell = SHELLS.find((known) => known === positional);
    if (shell === undefined) {
      throw new GitfedError('USAGE', `Name the shell: gitfed completion ${SHELLS.join('|')}`);
    }
    await io.stdout.write(completionScript(shell));
    return 0;
  },
});
