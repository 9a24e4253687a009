using Google.Protobuf.Reflection;

namespace Crid.Api.Tests;

/// <summary>Writes generated descriptors as lines of the same form as <see cref="CriTable"/>.</summary>
internal static class DescriptorTable
{
    private const string Package = "runtime.v1.";

    public static IReadOnlyList<string> ReadLines(FileDescriptor file) =>
    [
        .. file.Services.SelectMany(service => service.Methods).Select(Rpc),
        .. file.MessageTypes.SelectMany(WithNested).SelectMany(Message),
        .. file.EnumTypes.Concat(file.MessageTypes.SelectMany(WithNested).SelectMany(message => message.EnumTypes)).SelectMany(Values),
    ];

    private static string Rpc(MethodDescriptor method)
    {
        string input = (method.IsClientStreaming ? "stream " : "") + Name(method.InputType);
        string output = (method.IsServerStreaming ? "stream " : "") + Name(method.OutputType);
        return Line("rpc", method.Service.Name, "", method.Name, input, output);
    }

    // Types that stand for map entries are a detail of the wire format and not in the table.
    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.Where(nested => !nested.IsMapEntry).SelectMany(WithNested).Prepend(message);

    private static IEnumerable<string> Message(MessageDescriptor message)
    {
        IList<FieldDescriptor> fields = message.Fields.InDeclarationOrder();
        return fields.Count == 0 ? [Line("message", Name(message), "", "", "", "")] : fields.Select(Field);
    }

    private static string Field(FieldDescriptor field)
    {
        List<string> notes = [];
        if (field.IsRepeated && !field.IsMap)
        {
            notes.Add("repeated");
        }

        if (field.ContainingOneof is not null)
        {
            notes.Add(field.RealContainingOneof is null ? "optional" : "oneof " + field.ContainingOneof.Name);
        }

        if (field.IsRequired)
        {
            notes.Add("required");
        }

        if (field.GetOptions()?.Deprecated ?? false)
        {
            notes.Add("deprecated");
        }

        return Line("message", Name(field.ContainingType), $"{field.FieldNumber}", field.Name, Type(field), string.Join(' ', notes));
    }

    private static string Type(FieldDescriptor field) => field switch
    {
        { IsMap: true } => $"map<{Type(field.MessageType.FindFieldByNumber(1))},{Type(field.MessageType.FindFieldByNumber(2))}>",
        { FieldType: FieldType.Message or FieldType.Group } => Name(field.MessageType),
        { FieldType: FieldType.Enum } => Name(field.EnumType),
        _ => field.FieldType.ToString().ToLowerInvariant(),
    };

    private static IEnumerable<string> Values(EnumDescriptor type) =>
        type.Values.Select(value => Line("enum", Name(type), $"{value.Number}", value.Name, "", ""));

    private static string Name(IDescriptor descriptor) => descriptor.FullName[Package.Length..];

    private static string Line(params string[] columns) => string.Join('\t', columns);
}
