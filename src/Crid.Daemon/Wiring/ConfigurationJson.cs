using System.Text;
using System.Text.Json;

namespace Crid.Daemon;

/// <summary>The configuration in force as Status shows it. The values of options look the same in TOML and in JSON.</summary>
internal static class ConfigurationJson
{
    public static string Write(CridOptions options)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();

            // Where conformance tests look for it.
            json.WriteString("stateDir"u8, options.Directories.Run);
            foreach (OptionTable table in OptionSchema.Tables)
            {
                foreach (string instance in table.Instances(options))
                {
                    json.WriteStartObject(table.HeaderOf(instance));
                    foreach (OptionDescription key in table.Keys)
                    {
                        json.WritePropertyName(key.Name);
                        json.WriteRawValue(table.Format(options, instance, key.Name));
                    }

                    json.WriteEndObject();
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
