using System.Text.Json;
using System.Text.Json.Serialization;
using Crid.Core;

namespace Crid.Pods;

/// <summary>An image id as its text.</summary>
internal sealed class ImageIdConverter : JsonConverter<ImageId>
{
    public override ImageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ImageId.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, ImageId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
