// Command controlplane is etcd and the Kubernetes control plane in one binary.
//
// Every subcommand runs the upstream command with the upstream flags, so that
// the tests talk to the real thing and each component is a process of its own
// which a test can stop, freeze, kill and start again:
//
//	controlplane [-exit-with-parent] etcd|apiserver|controller-manager|scheduler [upstream flags]
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// components maps a subcommand to a function that runs the component with its
// arguments, the first of which is the name of the program, and returns the
// exit code.
var components = map[string]func(args []string) int{
	"etcd":               runEtcd,
	"apiserver":          runCobra(func() *cobra.Command { return apiserver.NewAPIServerCommand() }),
	"controller-manager": runCobra(func() *cobra.Command { return controllermanager.NewControllerManagerCommand() }),
	"scheduler":          runCobra(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
}

func main() {
	exitWithParent := flag.Bool("exit-with-parent", false,
		"exit when stdin is closed or, on Linux, when the parent dies")
	flag.Usage = usage
	flag.Parse()

	run, ok := components[flag.Arg(0)]
	if !ok {
		usage()
		os.Exit(2)
	}
	if *exitWithParent {
		dieWithParent()
	}
	os.Exit(run(flag.Args()))
}

func usage() {
	names := strings.Join(slices.Sorted(maps.Keys(components)), "|")
	fmt.Fprintf(os.Stderr, "usage: %s [-exit-with-parent] %s [flags]\n", os.Args[0], names)
}

// runEtcd returns only when etcd has shut down in good order; etcd exits the
// process itself on errors.
func runEtcd(args []string) int {
	etcdmain.Main(args)
	return 0
}

func runCobra(newCommand func() *cobra.Command) func([]string) int {
	return func(args []string) int {
		// The components log os.Args and cobra reads them by default; both
		// should see what the upstream binary would see.
		os.Args = args
		return cli.Run(newCommand())
	}
}
