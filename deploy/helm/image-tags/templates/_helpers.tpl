{{- define "image-tags.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "image-tags.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "image-tags.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "image-tags.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "image-tags.metricsName" -}}
{{- printf "%s-metrics" (include "image-tags.fullname" . | trunc 55 | trimSuffix "-") }}
{{- end }}

{{- define "image-tags.selectorLabels" -}}
app.kubernetes.io/name: {{ include "image-tags.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "image-tags.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "image-tags.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "image-tags.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "image-tags.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "image-tags.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- /* The port of config.server.listen. */}}
{{- define "image-tags.port" -}}
{{- splitList ":" .Values.config.server.listen | last }}
{{- end }}
