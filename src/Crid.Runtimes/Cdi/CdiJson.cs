using System.Text.Json.Serialization;

namespace Crid.Runtimes;

/// <summary>JSON of CDI files, strict: what crid does not know could be what makes a device safe or usable.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(CdiTextConverter)])]
[JsonSerializable(typeof(CdiDocument))]
internal sealed partial class CdiJson : JsonSerializerContext;
