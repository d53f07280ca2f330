{{- define "gitfed.name" -}}
{{- if contains "gitfed" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-gitfed" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "gitfed.selector" -}}
app.kubernetes.io/name: gitfed
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gitfed.labels" -}}
{{ include "gitfed.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "gitfed.metadata" -}}
name: {{ include "gitfed.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "gitfed.labels" . | nindent 2 }}
{{- end }}

{{- define "gitfed.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "gitfed.name" .) }}
{{- end }}

{{- define "gitfed.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* Where replicas share the work. Those of a release belong together, whatever they follow: an update replaces them one by one. */}}
{{- define "gitfed.home" -}}
{{- if not (.Values.configuration.home | default dict).kubeconfig }}
inCluster: true
{{- end }}
name: {{ include "gitfed.name" . | replace "." "-" | trunc 53 | trimSuffix "-" }}
{{- end }}

{{- /* Whether they share it in this cluster. */}}
{{- define "gitfed.isHome" -}}
{{ ((include "gitfed.configuration" . | fromYaml).home | default dict).inCluster | default false }}
{{- end }}

{{- define "gitfed.homeNamespace" -}}
{{ (.Values.configuration.home | default dict).namespace | default .Release.Namespace }}
{{- end }}

{{- /* What the values say, completed by what is mounted. */}}
{{- define "gitfed.configuration" -}}
{{- $defaults := dict "dataDir" "/var/lib/gitfed/clone" }}
{{- with .Values.secrets }}
{{- if .members }}{{ $_ := set $defaults "credentialsDir" "/run/gitfed/members" }}{{ end }}
{{- if .webhook }}{{ $_ := set $defaults "webhook" (dict "listen" "0.0.0.0:8080" "secretFile" "/run/gitfed/webhook/secret") }}{{ end }}
{{- end }}
{{- if gt (int .Values.replicas) 1 }}{{ $_ := set $defaults "home" (include "gitfed.home" . | fromYaml) }}{{ end }}
{{- $head := dict "apiVersion" "gitfed.io/v1alpha1" "kind" "DaemonConfiguration" }}
{{- toYaml (mergeOverwrite $defaults (deepCopy .Values.configuration) $head) }}
{{- end }}

{{- /* The same without what counts at once: only where this changes, the daemon has to be started again. */}}
{{- define "gitfed.restarting" -}}
{{- $all := include "gitfed.configuration" . | fromYaml }}
{{- $log := omit (get $all "log" | default dict) "level" }}
{{- omit $all "pollInterval" "resyncInterval" "allowRewind" "log" | merge (dict "log" $log) | toYaml }}
{{- end }}

{{- define "gitfed.claim" -}}
accessModes: [ReadWriteOnce]
{{- with .Values.data.storageClassName }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .Values.data.size }}
{{- end }}

{{- define "gitfed.port" -}}
{{ (include "gitfed.configuration" . | fromYaml).listen | regexFind "[0-9]+$" }}
{{- end }}

{{- /* Empty where webhooks are not served at a port of their own. */}}
{{- define "gitfed.webhookPort" -}}
{{ ((include "gitfed.configuration" . | fromYaml).webhook | default dict).listen | default "" | regexFind "[0-9]+$" }}
{{- end }}

{{- define "gitfed.hasRights" -}}
{{ if or .Values.rbac.clusterRules .Values.rbac.roles (include "gitfed.isHome" . | eq "true") }}true{{ end }}
{{- end }}
