using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>JSON of hooks directories, strict: a condition that is misspelt would give a hook to the wrong containers.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(HookDocument))]
internal sealed partial class HookJson : JsonSerializerContext;
