using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>JSON of the runtime-spec documents.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OciSpec))]
[JsonSerializable(typeof(OciProcess))]
[JsonSerializable(typeof(OciResources))]
[JsonSerializable(typeof(OciFeatures))]
public sealed partial class OciJson : JsonSerializerContext;
