using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>Generated JSON code of the image and distribution records.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(DocumentShape))]
[JsonSerializable(typeof(IReadOnlyList<DockerArchiveImage>))]
[JsonSerializable(typeof(RegistryErrors))]
[JsonSerializable(typeof(RegistryToken))]
internal sealed partial class ImageJsonContext : JsonSerializerContext;
