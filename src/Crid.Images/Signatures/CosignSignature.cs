namespace Crid.Images;

/// <summary>A signature of cosign as a registry has it; neither it nor its payload is to be trusted yet.</summary>
internal sealed record CosignSignature(byte[] Payload, byte[] Signature);
