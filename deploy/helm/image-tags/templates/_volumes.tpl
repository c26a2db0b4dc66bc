{{- /* Places for images that replicas cannot share, or that a restart empties. */}}
{{- define "image-tags.refuse-volumes" -}}
{{- $several := gt (int .Values.replicaCount) 1 }}
{{- if and $several .Values.persistence.enabled (not (has "ReadWriteMany" .Values.persistence.accessModes)) }}
{{- fail "replicaCount: several replicas need a volume with the access mode ReadWriteMany, or none" }}
{{- end }}
{{- if not .Values.configSecret }}
{{- $store := dig "store" "url" "memory:" .Values.config }}
{{- $data := dig "data" "url" "" .Values.config }}
{{- if and $several (regexMatch "^(memory|sqlite):" $store) }}
{{- fail (printf "replicaCount: several replicas cannot share the store %q" $store) }}
{{- end }}
{{- if and $several (eq $data "memory:") }}
{{- fail "replicaCount: several replicas cannot share data in memory" }}
{{- end }}
{{- $mounts := list }}
{{- if .Values.persistence.enabled }}
{{- $mounts = append $mounts "/var/lib/image-tags" }}
{{- end }}
{{- range .Values.extraVolumeMounts }}
{{- $mounts = append $mounts .mountPath }}
{{- end }}
{{- range $key, $url := dict "store" $store "data" $data }}
{{- if regexMatch "^(sqlite|file):" $url }}
{{- $path := regexReplaceAll "^[a-z]+:(//)?" $url "" }}
{{- $mounted := false }}
{{- range $mounts }}
{{- $mounted = or $mounted (hasPrefix (printf "%s/" (trimSuffix "/" .)) $path) }}
{{- end }}
{{- if not $mounted }}
{{- fail (printf "config.%s.url: no volume is mounted at %q: persistence.enabled has one at /var/lib/image-tags" $key $path) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
