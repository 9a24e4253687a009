using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>JSON of the default seccomp profile.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SeccompRules))]
internal sealed partial class SeccompJson : JsonSerializerContext;
