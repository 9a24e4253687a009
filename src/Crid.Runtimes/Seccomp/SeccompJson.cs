using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>JSON of seccomp profiles: the default one and those of the node.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SeccompRules))]
[JsonSerializable(typeof(SeccompFile))]
internal sealed partial class SeccompJson : JsonSerializerContext;
