// Command promql reads alert rules and expressions as Prometheus does, and prints what is wrong with them and which series they ask for.
//
//	promql RULES-FILE < EXPRESSIONS
//
// Expressions are lines. The output is one JSON document: {"errors": […], "selectors": [{"name": …, "labels": […]}, …]}.
package main

import (
	"bufio"
	"encoding/json"
	"log/slog"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

type selector struct {
	Name   string   `json:"name"`
	Labels []string `json:"labels"`
}

type result struct {
	Errors    []string   `json:"errors"`
	Selectors []selector `json:"selectors"`
}

func main() {
	out := result{Errors: []string{}, Selectors: []selector{}}
	expressions := parser.NewParser(parser.Options{})
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	groups, problems := rulefmt.Parse(content, false, model.UTF8Validation, expressions, slog.New(slog.DiscardHandler))
	for _, problem := range problems {
		out.Errors = append(out.Errors, problem.Error())
	}
	if groups != nil {
		for _, group := range groups.Groups {
			for _, rule := range group.Rules {
				out.read(expressions, rule.Expr)
			}
		}
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		out.read(expressions, lines.Text())
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

func (r *result) read(expressions parser.Parser, text string) {
	expression, err := expressions.ParseExpr(text)
	if err != nil {
		r.Errors = append(r.Errors, text+": "+err.Error())
		return
	}
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		if vector, ok := node.(*parser.VectorSelector); ok {
			found := selector{Name: vector.Name, Labels: []string{}}
			for _, matcher := range vector.LabelMatchers {
				if matcher.Name != model.MetricNameLabel {
					found.Labels = append(found.Labels, matcher.Name)
				}
			}
			r.Selectors = append(r.Selectors, found)
		}
		return nil
	})
}
