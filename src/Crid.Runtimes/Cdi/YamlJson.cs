using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Crid.Runtimes;

/// <summary>Writes a YAML document as JSON, so that both are read by one strict reader.</summary>
internal static class YamlJson
{
    /// <summary>Far deeper than any file that is read here, and little enough for every reader's stack.</summary>
    private const int MaxDepth = 32;

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidDataException">Not one YAML document, or one with aliases, or too deep.</exception>
    public static ReadOnlyMemory<byte> Convert(byte[] yaml)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            try
            {
                Write(new Parser(new StringReader(StrictUtf8.GetString(yaml))), writer);
            }
            catch (Exception exception) when (exception is not InvalidDataException)
            {
                // Beside its own exceptions the parser throws whatever broken input makes of its insides.
                throw new InvalidDataException($"not YAML: {exception.Message}", exception);
            }
        }

        return json.WrittenMemory;
    }

    private static void Write(Parser parser, Utf8JsonWriter writer)
    {
        // One entry for each open collection: whether a key of a mapping comes next; null in sequences.
        Stack<bool?> open = new();
        int documents = 0;
        while (parser.MoveNext())
        {
            ParsingEvent step = parser.Current!;
            switch (step)
            {
                case DocumentStart when documents++ > 0:
                    throw new InvalidDataException("more than one YAML document");
                case AnchorAlias:
                    throw new InvalidDataException($"line {step.Start.Line}: aliases are not supported");
                case MappingStart:
                    Begin(open, step);
                    writer.WriteStartObject();
                    open.Push(true);
                    break;
                case SequenceStart:
                    Begin(open, step);
                    writer.WriteStartArray();
                    open.Push(null);
                    break;
                case MappingEnd:
                    writer.WriteEndObject();
                    open.Pop();
                    break;
                case SequenceEnd:
                    writer.WriteEndArray();
                    open.Pop();
                    break;
                case Scalar scalar:
                    WriteScalar(open, scalar, writer);
                    break;
            }
        }
    }

    private static void Begin(Stack<bool?> open, ParsingEvent step)
    {
        if (open.Count == MaxDepth)
        {
            throw new InvalidDataException($"line {step.Start.Line}: more than {MaxDepth} levels");
        }

        if (open.TryPop(out bool? keyIsNext))
        {
            open.Push(keyIsNext is null ? null : keyIsNext.Value
                ? throw new InvalidDataException($"line {step.Start.Line}: a key must be a word")
                : true);
        }
    }

    private static void WriteScalar(Stack<bool?> open, Scalar scalar, Utf8JsonWriter writer)
    {
        if (open.TryPop(out bool? keyIsNext))
        {
            open.Push(!keyIsNext);
            if (keyIsNext == true)
            {
                writer.WritePropertyName(scalar.Value);
                return;
            }
        }

        if (scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty)
        {
            WritePlain(scalar.Value, writer);
        }
        else
        {
            writer.WriteStringValue(scalar.Value);
        }
    }

    /// <summary>The types that plain words have in the core schema of YAML, and octal numbers with a leading 0 as file modes are written.</summary>
    private static void WritePlain(string text, Utf8JsonWriter writer)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                writer.WriteNullValue();
                return;
            case "true" or "True" or "TRUE":
                writer.WriteBooleanValue(true);
                return;
            case "false" or "False" or "FALSE":
                writer.WriteBooleanValue(false);
                return;
        }

        if (FindInteger(text) is long number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static long? FindInteger(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hexadecimal) ? hexadecimal : null;
        }

        if (text.Length > 1 && text[0] == '0')
        {
            ReadOnlySpan<char> digits = text.AsSpan(text[1] == 'o' ? 2 : 1);
            return digits.Length is > 0 and < 21 && !digits.ContainsAnyExceptInRange('0', '7') ? System.Convert.ToInt64(digits.ToString(), 8) : null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
